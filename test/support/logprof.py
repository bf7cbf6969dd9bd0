"""Answers aa-logprof: all is allowed by the narrowest rule that it offers, a program inherits, all is saved."""
import json
import re
import subprocess
import sys

answers = ("Allow", "Inherit", "Save Changes", "Yes", "Finish")
log, policy = sys.argv[1:3]
command = ["aa-logprof", "--json", "-f", log, "-d", policy]
asked = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
questions = 0
for line in asked.stdout:
    try:
        question = json.loads(line)
    except ValueError:
        continue
    if question.get("dialog") not in ("promptuser", "yesno", "yesnocancel"):
        continue
    questions += 1
    if questions > 200:
        asked.kill()
        sys.exit("aa-logprof asks without an end: " + line)
    print(line.strip(), file=sys.stderr)
    items = question.get("menu_items", [])
    plain = {re.sub(r"[()\[\]]", "", item).strip(): item for item in items}
    item = next((plain[it] for it in answers if it in plain), "(Y)es")
    key = re.search(r"\((.)\)", item).group(1).lower()
    # What it offers ends with the name itself; abstractions come first.
    narrowest = max(len(question.get("options") or []) - 1, 0)
    answer = {"dialog": question["dialog"], "response_key": key, "response": "yes", "selected": narrowest}
    print(json.dumps(answer), file=asked.stdin, flush=True)
sys.exit(asked.wait())
