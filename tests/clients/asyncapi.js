// Checks the AsyncAPI document on standard input, and prints what is wrong with it.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const ERRORS_AND_WARNINGS = 1; // what comes above is information, such as that there is a newer version of AsyncAPI
const { document, diagnostics } = await new Parser().parse(readFileSync(0, "utf8"));
const found = diagnostics.filter(({ severity }) => severity <= ERRORS_AND_WARNINGS);
for (const { message, path } of found) console.log(`${path.join(".")}: ${message}`);
process.exitCode = document && found.length === 0 ? 0 : 1;
