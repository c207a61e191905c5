"""On duty: levels that tell the truth, silence that is told, and somebody who is called."""
