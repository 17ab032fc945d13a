// Parses the *.ts files of a folder and prints what is wrong, a line each: 3:14:';' expected.
// Usage: node syntax.mjs FOLDER. Only syntax: the blocks of a page may import what is not here.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const folder = process.argv[2];
const options = { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext };
for (const name of readdirSync(folder).filter((each) => each.endsWith(".ts"))) {
  const fileName = join(folder, name);
  const text = readFileSync(fileName, "utf8");
  const { diagnostics } = ts.transpileModule(text, {
    fileName,
    reportDiagnostics: true,
    compilerOptions: options,
  });
  for (const { file, start, messageText } of diagnostics) {
    const line = file ? file.getLineAndCharacterOfPosition(start ?? 0).line + 1 : 1;
    const message = ts.flattenDiagnosticMessageText(messageText, "; ");
    console.log(`${name.slice(0, -3)}:${line}:${message}`);
  }
}
