# Alarms. Each description names the chart of the dashboard to look at and the section of RUNBOOK.md to read, which has
# the alarm's name. Ten alarm metrics are free per account; each further one is 0.10 USD per month.

locals {
  alarms = merge(
    {
      api-errors = {
        says   = "More than 10 answers in five minutes were 5xx", chart = "Traffic", above = 10
        metric = local.api["5xx"], stat = "Sum"
      }
      api-latency = {
        says   = "One call in a hundred took more than 3 seconds, for a quarter of an hour", chart = "Latency", above = 3000
        metric = local.api["Latency"], stat = "p99", periods = 3
      }
      sockets-errors = {
        says   = "More than 10 messages of clients in five minutes got no reply, since a function failed", chart = "Traffic", above = 10
        metric = ["AWS/ApiGateway", "IntegrationError", "ApiId", var.sockets_api_id], stat = "Sum"
      }
      functions-throttled = {
        says   = "Lambda turned calls away: the account's limit of functions at once is reached", chart = "Functions", above = 10
        metric = ["AWS/Lambda", "Throttles"], stat = "Sum"
      }
      tables-throttled = {
        says   = "DynamoDB turned calls away more than 50 times in five minutes", chart = "Conflicts and throttles", above = 50
        metric = local.facts["throttles"], stat = "Sum"
      }
      broken-invariants = {
        says   = "An item contradicts itself, or the figures of a deal had to be corrected", chart = "Conflicts and throttles", above = 0
        metric = local.facts["broken_invariants"], stat = "Sum"
      }
      payments-unbooked = {
        says   = "The payment provider reported what cannot be booked: money may have moved", chart = "Payments", above = 0
        metric = local.facts["payment_reports_kept"], stat = "Sum"
      }
      mails-refused = {
        says   = "More than five mails in five minutes were given up: SES refuses them, or no sender is configured", chart = "Mails", above = 5
        metric = local.facts["mails_refused"], stat = "Sum"
      }
      webhooks-off = {
        says   = "dibs switched a webhook off: its endpoint is gone, or failed for three days", chart = "Webhooks", above = 0
        metric = local.facts["webhooks_disabled"], stat = "Sum"
      }
      grants-late = {
        says   = "One grant in a hundred came more than a minute after it was due", chart = "Grant lag", above = 60000
        metric = local.facts["grant_lag_ms"], stat = "p99", periods = 2
      }
    },
    {
      for name, seconds in { grants = 300, outbox = 900, rooms = 60 } : "${name}-old" => {
        says                        = "The oldest message of the queue ${name} is older than ${seconds} seconds", chart = "Queue age", above = seconds
        metric                      = ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", var.queues[name].name], stat = "Maximum"
      }
    },
    {
      for name, queue in local.dead_letters : "${name}-dead-letters" => {
        says   = "There are dead letters of ${name}", chart = "Dead letters", above = 0
        metric = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue], stat = "Maximum"
      }
    },
  )

  # Alarms over the metrics of several functions. Lambda's metric over all functions would mix the environments of the
  # account.
  summed_alarms = {
    streams-late = {
      says   = "A stream is read more than a minute late", chart = "Streams and schedules", above = 60000
      metric = "IteratorAge", stat = "Maximum", functions = values(local.streams), expression = "MAX(METRICS())", periods = 2
    }
    messages-in-loops = {
      says   = "Lambda stopped a chain of messages after sixteen hops", chart = "Functions", above = 0
      metric = "RecursiveInvocationsDropped", stat = "Sum", functions = local.chained, expression = "SUM(METRICS())"
    }
    schedules-failing = {
      says   = "A worker that the clock calls has failed three times in a quarter of an hour", chart = "Streams and schedules", above = 2
      metric = "Errors", stat = "Sum", functions = local.schedules, expression = "SUM(METRICS())", period_s = 900
    }
  }

  read_on = {
    for name, alarm in merge(local.alarms, local.summed_alarms) :
    name => "${alarm.says}. Look at \"${alarm.chart}\" on the dashboard ${local.dashboard_of[alarm.chart]}, and read RUNBOOK.md, section \"${name}\"."
  }
}

resource "aws_sns_topic" "alarms" {
  name = "${var.context.prefix}-alarms"
}

resource "aws_sns_topic_subscription" "alarms" {
  count     = var.context.alarm_email == "" ? 0 : 1
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.context.alarm_email
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.context.prefix}-${each.key}"
  alarm_description   = local.read_on[each.key]
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  evaluation_periods  = try(each.value.periods, 1)
  period              = 300
  namespace           = each.value.metric[0]
  metric_name         = each.value.metric[1]
  dimensions          = length(each.value.metric) > 2 ? { (each.value.metric[2]) = each.value.metric[3] } : {}
  statistic           = startswith(each.value.stat, "p") ? null : each.value.stat
  extended_statistic  = startswith(each.value.stat, "p") ? each.value.stat : null
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "summed" {
  for_each            = local.summed_alarms
  alarm_name          = "${var.context.prefix}-${each.key}"
  alarm_description   = local.read_on[each.key]
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  evaluation_periods  = try(each.value.periods, 1)
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "all"
    expression  = each.value.expression
    label       = each.key
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.functions

    content {
      id = replace(metric_query.value, "-", "_")

      metric {
        namespace   = "AWS/Lambda"
        metric_name = each.value.metric
        dimensions  = { FunctionName = var.deployed[metric_query.value].function_name }
        period      = try(each.value.period_s, 300)
        stat        = each.value.stat
      }
    }
  }
}
