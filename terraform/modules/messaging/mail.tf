# Amazon SES: the domain of the sender, and the configuration set of its mails.

resource "aws_sesv2_email_identity" "sender" {
  for_each               = toset(var.mail_domain == "" ? [] : [var.mail_domain])
  email_identity         = each.value
  configuration_set_name = aws_sesv2_configuration_set.mails[each.value].configuration_set_name
}

# An address that bounced or complained gets no further mail: SES refuses to send to the addresses of its list.
resource "aws_sesv2_configuration_set" "mails" {
  for_each               = toset(var.mail_domain == "" ? [] : [var.mail_domain])
  configuration_set_name = var.context.prefix

  delivery_options {
    tls_policy = "REQUIRE"
  }

  reputation_options {
    reputation_metrics_enabled = true
  }

  suppression_options {
    suppressed_reasons = ["BOUNCE", "COMPLAINT"]
  }
}
