"""What the real ansible-inventory says of inventories: a request a line as JSON, an answer a line.

A request has the arguments of ansible-inventory, and host patterns. Ansible takes most of a second to start, so it
starts once, and forks for every request.
"""

import json
import os
import sys
import tempfile

from ansible.cli.inventory import InventoryCLI
from ansible.errors import AnsibleError
from ansible.utils.context_objects import GlobalCLIArgs
from ansible.utils.display import Display

said = []


def answer(request):
    Display.warning = lambda self, text, formatted=False: said.append(text)
    Display.error = lambda self, text, wrap_text=True: said.append(text)
    (handle, output) = tempfile.mkstemp()
    os.close(handle)
    cli = InventoryCLI(["ansible-inventory", "--list", "--output", output, *request["args"]])
    cli.parse()
    try:
        cli.run()
    except SystemExit:
        pass
    with open(output, encoding="utf-8") as file:
        listed = json.load(file)
    os.unlink(output)
    return {"list": listed, "hosts": {it: matched(cli.inventory, it) for it in request["patterns"]}, "said": said}


def matched(inventory, pattern):
    try:
        return [str(host) for host in inventory.list_hosts(pattern)]
    except AnsibleError:
        # A number behind a pattern that is beyond its hosts.
        return None


def in_child(request):
    (reader, writer) = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            text = json.dumps(answer(request))
        except BaseException as error:
            text = json.dumps({"list": None, "hosts": {}, "said": [*said, repr(error)]})
        with os.fdopen(writer, "w") as out:
            out.write(text)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        text = told.read()
    os.waitpid(child, 0)
    return text


# Plugins are imported when they are first used: once, before any fork. The arguments of a process are set once, too.
answer({"args": ["-i", "warm,"], "patterns": ["all"]})
GlobalCLIArgs._Singleton__instance = None
said.clear()
for line in sys.stdin:
    print(in_child(json.loads(line)), flush=True)
