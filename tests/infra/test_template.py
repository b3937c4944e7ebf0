"""Mails and the audit's archive in template.yaml are what Terraform makes of them; each check sees what is broken."""

import re
import unittest

import checks
import definitions
import template
import verify
from definitions import ROOT
from short_forms import Tag
from test_delivery import sam_overrides

TOLD = (ROOT / "terraform/modules/functions/main.tf").read_text()
VARIABLES = (ROOT / "terraform/environments/common/variables.tf").read_text()


def value_of(form, parameters):
    """What CloudFormation makes of !Select, !Split and !Ref."""
    if not isinstance(form, Tag):
        return form
    if form.name == "Ref":
        return parameters[form.value]
    first, second = (value_of(part, parameters) for part in form.value)
    return second[first] if form.name == "Select" else second.split(first)


class Template(unittest.TestCase):
    def setUp(self):
        self.template = verify.plain_template()
        self.resources = self.template["Resources"]
        self.archiving = self.resources[template.camel(definitions.ARCHIVING)]["Properties"]
        self.mailing = self.resources["NotificationsSendMails"]["Properties"]

    def told(self):
        return " ".join(checks.told_differences(self.template, TOLD))

    def mails(self):
        return " ".join(checks.mail_differences(self.template, definitions.functions()))

    def archive(self):
        return " ".join(checks.archive_differences(self.template, VARIABLES))

    def test_template_has_mails_and_archive_as_terraform_has(self):
        self.assertEqual((self.told(), self.mails(), self.archive()), ("", "", ""))

    def test_variable_that_only_one_of_both_tells_is_seen(self):
        variables = self.archiving["Environment"]["Variables"]
        variables["DIBS_NEW"] = variables.pop("DIBS_AUDIT_BUCKET")
        self.assertIn("template.yaml tells no function DIBS_AUDIT_BUCKET", self.told())
        self.assertIn("template.yaml tells functions DIBS_NEW", self.told())

    def test_mails_without_a_condition_are_seen(self):
        self.mailing["Environment"]["Variables"]["DIBS_MAIL_FROM"] = "MailFrom"
        self.assertIn("notifications-send-mails: template.yaml and functions.json differ about DIBS_MAIL_FROM", self.mails())
        del self.resources["MailIdentity"]["Condition"]
        self.assertIn("MailIdentity of template.yaml is not there for mails alone", self.mails())

    def test_grant_to_send_that_is_missing_too_wide_or_of_another_function_is_seen(self):
        statements = self.mailing["Policies"][0]["Statement"]
        grant = statements.pop()
        self.assertIn("notifications-send-mails: its role in template.yaml allows [] to SES", self.mails())
        statements.append(["HasMails", grant[1] | {"Resource": "*"}, "AWS::NoValue"])
        self.assertIn("notifications-send-mails: its role", self.mails())
        self.archiving["Policies"][0]["Statement"].append(grant)
        self.assertIn("audit-archive-entries: its role", self.mails())

    def test_archive_that_is_not_locked_as_terraform_locks_it_is_seen(self):
        del self.resources["AuditBucket"]["Properties"]["ObjectLockEnabled"]
        self.template["Parameters"]["AuditRetentionDays"]["Default"] = 30
        self.template["Parameters"]["AuditLockMode"]["Default"] = "COMPLIANCE"
        for part in [
            "archive of template.yaml is not locked",
            "AuditRetentionDays of template.yaml is 30, and audit_retention_days of Terraform 365",
            "AuditLockMode of template.yaml is COMPLIANCE, and audit_lock_mode of Terraform GOVERNANCE",
        ]:
            self.assertIn(part, self.archive())

    def test_function_that_may_do_more_with_the_archive_is_seen(self):
        grant = self.archiving["Policies"][0]["Statement"][-1]
        grant["Action"] = ["s3:PutObject", "s3:GetObject"]
        self.assertIn("audit-archive-entries: its role in template.yaml allows", self.archive())
        self.mailing["Environment"]["Variables"]["DIBS_AUDIT_BUCKET"] = "AuditBucket"
        self.assertIn("notifications-send-mails: template.yaml tells it the bucket AuditBucket", self.archive())

    def test_domain_of_the_sender_is_what_ses_verifies(self):
        for sender in ["no-reply@example.com", "dibs <no-reply@example.com>"]:
            self.assertEqual(value_of(template.mail_domain(), {"MailFrom": sender}), "example.com", sender)

    def test_sender_is_accepted_as_terraform_accepts_it(self):
        in_terraform = re.search(r'regex\("(\^.*\$)", var\.mail_from\)', VARIABLES)[1]
        self.assertEqual(template.MAIL_FROM_PATTERN, f"^$|{in_terraform}")
        for sender in ["", "no-reply@example.com", "dibs <no-reply@example.com>"]:
            self.assertRegex(sender, template.MAIL_FROM_PATTERN)
        for sender in ["example.com", "dibs no-reply@example.com", "<no-reply@example.com", "a@b@example.com"]:
            self.assertNotRegex(sender, template.MAIL_FROM_PATTERN)

    def test_sender_without_the_address_of_links_is_refused(self):
        rule = self.template["Rules"]["MailsNeedLinks"]
        self.assertEqual(rule["RuleCondition"], [["MailFrom", ""]])
        self.assertEqual(rule["Assertions"][0]["Assert"], [["LinksUrl", ""]])

    def test_sam_reads_the_documented_sender(self):
        document = (ROOT / "DEPLOYING.md").read_text()
        added = re.search(r"^`('MailFrom=.*?)`", document, re.MULTILINE)[1]
        read = sam_overrides(f"sam deploy --parameter-overrides {added}\n", {})
        self.assertEqual(set(read), {"MailFrom", "LinksUrl"})
        self.assertEqual(read["MailFrom"], "dibs <no-reply@example.com>")
        # Without quotes within, SAM reads the first word, which the template refuses.
        read = sam_overrides("sam deploy --parameter-overrides 'MailFrom=dibs <no-reply@example.com>'\n", {})
        self.assertNotRegex(read["MailFrom"], template.MAIL_FROM_PATTERN)


if __name__ == "__main__":
    unittest.main()
