"""Expands a template's loops, as SAM CLI does, for tools that do not know loops: loops.py <template> <expanded>"""

import json
import sys

from samcli.lib.cfn_language_extensions.sam_integration import expand_language_extensions
from samcli.yamlhelper import yaml_parse

template, expanded_file = sys.argv[1:]
with open(template) as file:
    expanded = expand_language_extensions(yaml_parse(file.read()), {}, enabled=True)
with open(expanded_file, "w") as file:
    json.dump(expanded.expanded_template, file, indent=1)
