# What calls the workers: queues, streams, the clock.

locals {
  by_queue    = { for name, entry in var.functions : name => entry.source.queue if can(entry.source.queue) }
  by_stream   = { for name, entry in var.functions : name => entry.source.stream if can(entry.source.stream) }
  by_schedule = { for name, entry in var.functions : name => entry.source.schedule_s if can(entry.source.schedule_s) }
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

# A batch comes again as a whole, so a record that cannot be handled is looked for by halves, and given up after
# twenty tries: about an hour, in which whatever passes has passed. Others of the shard wait for it so long.
resource "aws_lambda_event_source_mapping" "stream" {
  for_each                       = local.by_stream
  event_source_arn               = var.tables[each.value].stream_arn
  function_name                  = var.deployed[each.key].alias_arn
  starting_position              = "TRIM_HORIZON"
  batch_size                     = 100
  bisect_batch_on_function_error = true
  maximum_retry_attempts         = 20

  # The figures of deals are counted for each shard by itself, and Lambda names the shard only to a function with
  # a window. The count needs one batch of a shard at a time: parallelization_factor stays 1.
  tumbling_window_in_seconds = each.value == "deals" ? 900 : null

  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.stream_dead_letters.arn
    }
  }
}

resource "aws_scheduler_schedule_group" "this" {
  name = var.prefix
}

resource "aws_scheduler_schedule" "this" {
  for_each            = local.by_schedule
  name                = "${var.prefix}-${each.key}"
  group_name          = aws_scheduler_schedule_group.this.name
  schedule_expression = each.value == 60 ? "rate(1 minute)" : "rate(${each.value / 60} minutes)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = var.deployed[each.key].alias_arn
    role_arn = aws_iam_role.this["scheduler"].arn
    input    = "{}"

    # The next tick goes on with what this one left.
    retry_policy {
      maximum_retry_attempts       = 0
      maximum_event_age_in_seconds = 60
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}

# The scheduler only hands a tick over; Lambda would try one that fails twice more.
resource "aws_lambda_function_event_invoke_config" "schedule" {
  for_each               = local.by_schedule
  function_name          = var.deployed[each.key].function_name
  qualifier              = "live"
  maximum_retry_attempts = 0
}
