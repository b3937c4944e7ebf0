# Web ACL of the distribution: a limit on the writes of an address, and rules of AWS against known bad requests.

resource "aws_wafv2_web_acl" "this" {
  count    = var.enable_cdn ? 1 : 0
  provider = aws.us_east_1
  name     = var.context.prefix
  scope    = "CLOUDFRONT"

  default_action {
    allow {}
  }

  rule {
    name     = "one-address"
    priority = 1

    action {
      block {
        custom_response {
          response_code = 429
        }
      }
    }

    statement {
      rate_based_statement {
        limit              = var.requests_per_address
        aggregate_key_type = "IP"

        # Only sign-ins and other writes count. A user in a waiting room reads once per second, and hundreds of users
        # share the address of an office or of a mobile carrier.
        scope_down_statement {
          not_statement {
            statement {
              regex_match_statement {
                regex_string = "^(get|head|options)$"

                field_to_match {
                  method {}
                }

                text_transformation {
                  priority = 0
                  type     = "LOWERCASE"
                }
              }
            }
          }
        }
      }
    }

    visibility_config {
      metric_name                = "${var.context.prefix}-one-address"
      cloudwatch_metrics_enabled = true
      sampled_requests_enabled   = true
    }
  }

  rule {
    name     = "known-bad-inputs"
    priority = 2

    override_action {
      none {}
    }

    statement {
      managed_rule_group_statement {
        vendor_name = "AWS"
        name        = "AWSManagedRulesKnownBadInputsRuleSet"
      }
    }

    visibility_config {
      metric_name                = "${var.context.prefix}-known-bad-inputs"
      cloudwatch_metrics_enabled = true
      sampled_requests_enabled   = true
    }
  }

  visibility_config {
    metric_name                = var.context.prefix
    cloudwatch_metrics_enabled = true
    sampled_requests_enabled   = true
  }
}
