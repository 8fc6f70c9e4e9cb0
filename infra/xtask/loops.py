"""Writes a template's loops out, as SAM CLI does, for tools that know none: loops.py <template> <written out>"""

import json
import sys

from samcli.lib.cfn_language_extensions.sam_integration import expand_language_extensions
from samcli.yamlhelper import yaml_parse

template, written_out = sys.argv[1:]
with open(template) as file:
    expanded = expand_language_extensions(yaml_parse(file.read()), {}, enabled=True)
with open(written_out, "w") as file:
    json.dump(expanded.expanded_template, file, indent=1)
