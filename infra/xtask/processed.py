"""Expands a template as SAM does before CloudFormation sees its resources: processed.py <template>

Prints the bytes of the template as it is uploaded (loops expanded), those of the processed one, and its resources.
"""

import json
import sys

from samcli.lib.cfn_language_extensions.sam_integration import expand_language_extensions
from samcli.lib.translate.sam_template_validator import SamTemplateValidator
from samcli.yamlhelper import yaml_dump, yaml_parse


class NoManagedPolicies:
    """The template's roles are its own; SAM asks IAM for nothing."""

    @staticmethod
    def load():
        return {}


with open(sys.argv[1]) as file:
    template = expand_language_extensions(yaml_parse(file.read()), {}, enabled=True).expanded_template
uploaded = yaml_dump(template)
translated = SamTemplateValidator(template, NoManagedPolicies, region="us-east-1").get_translated_template_if_valid()
processed = yaml_parse(translated)
compact = json.dumps(processed, separators=(",", ":"))
print(json.dumps({
    "uploadedBytes": len(uploaded.encode()),
    "processedBytes": len(compact.encode()),
    "resources": len(processed["Resources"]),
    "outputs": len(processed["Outputs"]),
    "parameters": len(processed["Parameters"]),
}))
