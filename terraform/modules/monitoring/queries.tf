# Saved queries of CloudWatch Logs Insights. The functions log one line per call. Its `subject` is the id of the claim,
# order, reservation or payment, the same in every function that handles it.

locals {
  queries = {
    "one-subject" = {
      log   = var.function_log
      query = "fields @timestamp, function, outcome, status, took_ms, cause | filter subject like \"<the id>\" | sort @timestamp"
    }
    "one-request" = {
      log   = var.function_log
      query = "fields @timestamp, @message | filter request_id = \"<the x-request-id>\" | sort @timestamp"
    }
    "one-user" = {
      log   = var.function_log
      query = "fields @timestamp, function, route, outcome, status, subject | filter user_id = \"<the id>\" | sort @timestamp desc"
    }
    "refused-and-failed" = {
      log   = var.function_log
      query = "filter ispresent(outcome) and outcome != \"ok\" | stats count(*) as calls by function, outcome | sort calls desc | limit 25"
    }
    "warnings-and-errors" = {
      log   = var.function_log
      query = "fields @timestamp, function, level, outcome, message, cause, request_id | filter level in [\"WARN\", \"ERROR\"] | sort @timestamp desc | limit 100"
    }
    "slowest-functions" = {
      log   = var.function_log
      query = "filter ispresent(took_ms) | stats count(*) as calls, pct(took_ms, 50) as p50, pct(took_ms, 99) as p99, max(took_ms) as longest by function | sort p99 desc"
    }
    "answers-of-the-gateway" = {
      log   = var.access_log
      query = "stats count(*) as calls, pct(took_ms, 99) as p99 by route, status | sort calls desc | limit 100"
    }
  }
}

resource "aws_cloudwatch_query_definition" "this" {
  for_each        = local.queries
  name            = "${var.context.prefix}/${each.key}"
  log_group_names = [each.value.log]
  query_string    = each.value.query
}
