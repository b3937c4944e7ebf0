# Event sources of the workers: queues, streams and schedules.

locals {
  by_queue    = { for name, entry in var.context.functions : name => entry.source.queue if entry.source.queue != null }
  by_stream   = { for name, entry in var.context.functions : name => entry.source.stream if entry.source.stream != null }
  by_schedule = { for name, entry in var.context.functions : name => entry.source.schedule_s if entry.source.schedule_s != null }
}

resource "aws_lambda_event_source_mapping" "queue" {
  for_each                = local.by_queue
  event_source_arn        = aws_sqs_queue.this[each.value].arn
  function_name           = var.deployed[each.key].alias_arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.worker_concurrency_max
  }
}

# Lambda retries a batch as a whole, so it bisects to isolate a record that cannot be processed, and gives up after 20
# attempts, about an hour: long enough for a temporary failure to end. Meanwhile the other records of the shard wait.
resource "aws_lambda_event_source_mapping" "stream" {
  for_each                       = local.by_stream
  event_source_arn               = var.tables[each.value].stream_arn
  function_name                  = var.deployed[each.key].alias_arn
  starting_position              = "TRIM_HORIZON"
  batch_size                     = 100
  bisect_batch_on_function_error = true
  maximum_retry_attempts         = 20

  # Relays count figures per shard, and Lambda tells a function the shard only with a tumbling window. The count needs
  # one batch per shard at a time: parallelization_factor stays 1.
  tumbling_window_in_seconds = 900

  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.stream_dead_letters.arn
    }
  }
}

resource "aws_scheduler_schedule_group" "this" {
  name = var.context.prefix
}

resource "aws_scheduler_schedule" "this" {
  for_each            = local.by_schedule
  name                = "${var.context.prefix}-${each.key}"
  group_name          = aws_scheduler_schedule_group.this.name
  schedule_expression = each.value == 60 ? "rate(1 minute)" : "rate(${each.value / 60} minutes)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = var.deployed[each.key].alias_arn
    role_arn = aws_iam_role.this["scheduler"].arn
    input    = "{}"

    # The next scheduled call continues where a failed one stopped.
    retry_policy {
      maximum_retry_attempts       = 0
      maximum_event_age_in_seconds = 60
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}

# Lambda by default retries a failed asynchronous call twice.
resource "aws_lambda_function_event_invoke_config" "schedule" {
  for_each               = local.by_schedule
  function_name          = var.deployed[each.key].function_name
  qualifier              = "live"
  maximum_retry_attempts = 0
}
