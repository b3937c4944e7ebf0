output "queues" {
  description = "Each queue by its short name: its deployed name, URL and ARN, its visibility, and its dead letters' name."
  value = {
    for name, queue in aws_sqs_queue.this : name => {
      name         = queue.name
      url          = queue.url
      arn          = queue.arn
      visibility_s = var.queues[name].visibility_s
      dead_letters = aws_sqs_queue.dead_letters[name].name
    }
  }
}

output "stream_dead_letters" {
  description = "Where it says which records of a stream were given up."
  value = {
    name = aws_sqs_queue.stream_dead_letters.name
    arn  = aws_sqs_queue.stream_dead_letters.arn
  }
}

output "bus" {
  description = "The bus on which the data platform hears of every change, by its name."
  value       = aws_cloudwatch_event_bus.platform.name
}
