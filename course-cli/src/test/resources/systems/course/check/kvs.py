"""A key-value store on the command line, one JSON file a directory."""
import argparse
import json
import os
import sys


def main():
    parser = argparse.ArgumentParser(prog="kvs")
    parser.add_argument("--dir", default=".")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, operands in {"set": ["key", "value"], "get": ["key"], "rm": ["key"]}.items():
        command = commands.add_parser(name)
        for operand in operands:
            command.add_argument(operand)
    arguments = parser.parse_args()
    path = os.path.join(arguments.dir, "kvs.json")
    store = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            store = json.load(file)
    sys.stdout.reconfigure(encoding="utf-8")
    if arguments.command == "get":
        print(store.get(arguments.key, "Key not found"))
        return 0
    if arguments.command == "rm":
        if arguments.key not in store:
            print("Key not found", file=sys.stderr)
            return 1
        del store[arguments.key]
    else:
        store[arguments.key] = arguments.value
    with open(path + ".draft", "w", encoding="utf-8") as file:
        json.dump(store, file)
    os.replace(path + ".draft", path)
    return 0


sys.exit(main())
