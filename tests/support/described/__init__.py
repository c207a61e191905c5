"""Whatever the tests' clients receive, compared with docs/openapi.yaml and docs/asyncapi.yaml."""
