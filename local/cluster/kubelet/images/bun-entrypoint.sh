#!/bin/sh
# As the public image has it: what is not a command is an argument of bun.
command -v -- "${1:-}" >/dev/null 2>&1 || set -- bun "$@"
exec "$@"
