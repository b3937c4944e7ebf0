"""The README of each module lists what the module takes and gives."""

import unittest

import definitions
import modules

INPUTS = '''variable "prefix" {
  description = "First part of every name, <project>-<environment>, such as \\"dibs-dev\\"."
  type        = string
}

variable "tables" {
  description = "Tables by short name."
  type = map(object({
    arn  = string
    name = optional(string, "none")
  }))
  default = {}

  validation {
    condition     = length(var.tables) > 0
    error_message = "tables: write one."
  }
}
'''
OUTPUTS = '''output "arns" {
  description = "ARNs by name."
  value = {
    for name, one in aws_dynamodb_table.this : name => one.arn
  }
}
'''


class Modules(unittest.TestCase):
    def test_readme_of_every_module_is_up_to_date(self):
        self.assertGreaterEqual(len(modules.modules()), 9)
        for module in modules.modules():
            self.assertEqual((module / "README.md").read_text(), modules.readme(module), module.name)

    def test_every_input_and_output_is_listed(self):
        said = modules.interface(INPUTS, OUTPUTS).splitlines()
        for line in [
            '| `prefix` | `string` | required | First part of every name, &lt;project>-&lt;environment>, such as "dibs-dev". |',
            "| `tables` | `map(object)` | `{}` | Tables by short name. |",
            "| `arns` | ARNs by name. |",
        ]:
            self.assertIn(line, said)

    def test_terraform_knows_every_field_of_an_entry(self):
        used = {field for entry in definitions.functions().values() for field in entry}
        self.assertGreaterEqual(used, {"routes", "source", "tables"})
        self.assertEqual(used - modules.fields_of_functions(), set())

    def test_module_without_outputs_has_no_table_of_them(self):
        self.assertNotIn("| output |", modules.interface(INPUTS, ""))


if __name__ == "__main__":
    unittest.main()
