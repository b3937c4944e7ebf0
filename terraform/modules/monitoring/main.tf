# Two dashboards with at most 50 metrics each: three of that size are free per account. A test counts the metrics.

locals {
  streams = { for name, entry in var.context.functions : entry.source.stream => name if entry.source.stream != null }
  # Functions that can be part of a chain of messages: a queue calls them, and they send to a queue.
  chained   = [for name, entry in var.context.functions : name if entry.source.queue != null && length(entry.queues) > 0]
  schedules = [for name, entry in var.context.functions : name if entry.source.schedule_s != null]

  api   = { for metric in ["Count", "4xx", "5xx", "Latency"] : metric => ["AWS/ApiGateway", metric, "ApiId", var.api_id] }
  facts = { for metric in local.fact_names : metric => ["dibs", metric, "environment", var.context.environment] }

  # Metrics that the functions write in the embedded metric format. shared/runtime/src/metrics.rs describes them.
  fact_names = [
    "claims", "duplicates", "sold_out", "grants", "grant_lag_ms", "admissions", "admission_wait_ms", "holds", "seats_sold",
    "holds_expired", "orders", "units_ordered", "units_sold", "orders_expired", "payments", "amount_paid", "conflicts",
    "throttles", "broken_invariants", "payment_reports_kept", "webhook_deliveries", "webhook_failures", "webhooks_disabled",
    "mails_sent", "mails_refused",
  ]

  dead_letters = merge({ for name, queue in var.queues : name => queue.dead_letters }, { streams = var.stream_dead_letters })
  # Only queues whose messages are processed at once. Messages of the other queues are meant to wait.
  prompt_queues = ["grants", "outbox", "rooms"]

  # Title, statistic and metrics of each chart, by dashboard. Alarms refer to the title.
  charts     = { main = local.main_charts, queues = local.queue_charts }
  dashboards = { main = var.context.prefix, queues = "${var.context.prefix}-queues" }
  # The dashboard of each chart, by the chart's title.
  dashboard_of = merge([for name, charts in local.charts : { for chart in charts : chart.title => local.dashboards[name] }]...)

  main_charts = [
    { title = "Traffic", stat = "Sum", metrics = [local.api["Count"], local.api["4xx"], local.api["5xx"]] },
    {
      title = "Latency", stat = "p99"
      metrics = [
        concat(local.api["Latency"], [{ label = "Latency p99" }]),
      ]
    },
    {
      title = "Functions", stat = "Sum"
      metrics = [
        ["AWS/Lambda", "Errors", { label = "Errors (all functions of the region)" }],
        ["AWS/Lambda", "Throttles", { label = "Throttles" }],
        ["AWS/Lambda", "ConcurrentExecutions", { stat = "Maximum", label = "At once", yAxis = "right" }],
      ]
    },
    {
      title   = "Claims and grants", stat = "Sum"
      metrics = [local.facts["claims"], local.facts["duplicates"], local.facts["sold_out"], local.facts["grants"]]
    },
    {
      title = "Grant lag", stat = "p99"
      metrics = [
        concat(local.facts["grant_lag_ms"], [{ label = "p99 ms" }]),
      ]
    },
    {
      title = "Waiting rooms", stat = "Sum"
      metrics = [
        local.facts["admissions"],
        concat(local.facts["admission_wait_ms"], [{ stat = "p99", label = "wait p99 ms", yAxis = "right" }]),
      ]
    },
    { title = "Seats", stat = "Sum", metrics = [local.facts["holds"], local.facts["seats_sold"], local.facts["holds_expired"]] },
    {
      title   = "Orders", stat = "Sum"
      metrics = [local.facts["orders"], local.facts["units_ordered"], local.facts["units_sold"], local.facts["orders_expired"]]
    },
    {
      title   = "Payments", stat = "Sum"
      metrics = [local.facts["payments"], local.facts["payment_reports_kept"], concat(local.facts["amount_paid"], [{ yAxis = "right" }])]
    },
    {
      title   = "Webhooks", stat = "Sum"
      metrics = [local.facts["webhook_deliveries"], local.facts["webhook_failures"], local.facts["webhooks_disabled"]]
    },
    { title = "Mails", stat = "Sum", metrics = [local.facts["mails_sent"], local.facts["mails_refused"]] },
    {
      title   = "Conflicts and throttles", stat = "Sum"
      metrics = [local.facts["conflicts"], local.facts["throttles"], local.facts["broken_invariants"]]
    },
    {
      # Billing metrics exist only in us-east-1, and only once they are enabled for the account.
      title   = "Cost of the month, USD", stat = "Maximum", region = "us-east-1", period = 21600
      metrics = [["AWS/Billing", "EstimatedCharges", "Currency", "USD"]]
    },
  ]

  queue_charts = [
    {
      title   = "Queue depth", stat = "Maximum"
      metrics = [for name, queue in var.queues : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.name, { label = name }]]
    },
    {
      title   = "Queue age", stat = "Maximum"
      metrics = [for name in local.prompt_queues : ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", var.queues[name].name, { label = name }]]
    },
    {
      title   = "Dead letters", stat = "Maximum"
      metrics = [for name, queue in local.dead_letters : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue, { label = name }]]
    },
    {
      title = "Streams and schedules", stat = "Sum"
      metrics = concat(
        [["AWS/Lambda", "IteratorAge", { stat = "Maximum", label = "how late streams are read, ms", yAxis = "right" }]],
        [for name in local.schedules : ["AWS/Lambda", "Errors", "FunctionName", var.deployed[name].function_name, { label = "${name} failed" }]],
      )
    },
  ]

  chart_widgets = {
    for name, charts in local.charts : name => [
      for chart in charts : {
        type = "metric"
        properties = {
          title   = chart.title
          view    = "timeSeries"
          region  = try(chart.region, var.context.region)
          stat    = chart.stat
          period  = try(chart.period, 60)
          metrics = chart.metrics
        }
      }
    ]
  }

  widgets = {
    queues = local.chart_widgets.queues
    main = concat(local.chart_widgets.main, [
      {
        type = "log"
        properties = {
          title  = "Refused and failed, by function"
          view   = "table"
          region = var.context.region
          query  = "SOURCE '${var.function_log}' | ${local.queries["refused-and-failed"].query}"
        }
      },
      {
        type       = "text"
        properties = { markdown = "Each alarm names its chart, here or on the dashboard `${local.dashboards.queues}`, and its section of RUNBOOK.md. The saved queries are in Logs Insights under `${var.context.prefix}`." }
      },
    ])
  }
  # The position of each widget: three in a row.
  dashboard_bodies = {
    for name, widgets in local.widgets : name => jsonencode({
      periodOverride = "inherit"
      widgets = [
        for index, widget in widgets :
        merge(widget, { x = 8 * (index % 3), y = 6 * floor(index / 3), width = 8, height = 6 })
      ]
    })
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = local.dashboards.main
  dashboard_body = local.dashboard_bodies.main
}

resource "aws_cloudwatch_dashboard" "queues" {
  dashboard_name = local.dashboards.queues
  dashboard_body = local.dashboard_bodies.queues
}
