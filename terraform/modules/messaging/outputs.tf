output "queues" {
  description = "Deployed name, URL, ARN, visibility timeout in seconds, and deployed name and ARN of the dead-letter queue of each queue, by short name."
  value = {
    for name, queue in aws_sqs_queue.this : name => {
      name             = queue.name
      url              = queue.url
      arn              = queue.arn
      visibility_s     = var.queues[name].visibility_s
      dead_letters     = aws_sqs_queue.dead_letters[name].name
      dead_letters_arn = aws_sqs_queue.dead_letters[name].arn
    }
  }
}

output "stream_dead_letters" {
  description = "Name and ARN of the queue that is notified of stream records that no retry could process."
  value = {
    name = aws_sqs_queue.stream_dead_letters.name
    arn  = aws_sqs_queue.stream_dead_letters.arn
  }
}

output "bus" {
  description = "Name of the event bus on which the data platform receives domain events."
  value       = aws_cloudwatch_event_bus.platform.name
}

output "mail_dkim_records" {
  description = "CNAME records by which SES verifies the domain of the sender and signs its mails, by name."
  value = merge({}, [
    for identity in aws_sesv2_email_identity.sender : {
      for token in try(identity.dkim_signing_attributes[0].tokens, []) :
      "${token}._domainkey.${identity.email_identity}" => "${token}.dkim.amazonses.com"
    }
  ]...)
}
