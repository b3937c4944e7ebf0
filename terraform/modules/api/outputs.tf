output "api_id" {
  description = "Id of the HTTP API."
  value       = aws_apigatewayv2_api.this.id
}

output "address" {
  description = "Base URL of the API. Its paths begin with /api/v1."
  value = (
    var.domain_name != "" ? "https://${var.domain_name}" :
    var.enable_cdn ? "https://${aws_cloudfront_distribution.this[0].domain_name}" :
    aws_apigatewayv2_api.this.api_endpoint
  )
}

output "origin_secret" {
  description = "Value of the header x-origin-secret, by which functions recognize a request that CloudFront forwarded; null without CloudFront."
  value       = one(terraform_data.origin_secret[*].output)
  sensitive   = true
}

output "cdn_arns" {
  description = "ARN of the CloudFront distribution, if there is one."
  value       = aws_cloudfront_distribution.this[*].arn
}

output "access_log" {
  description = "Name of the log group of the access log."
  value       = aws_cloudwatch_log_group.access.name
}

output "sockets" {
  description = "WebSocket API: its id, the address for clients, the address at which functions send messages to connections, and the ARN under which they may."
  value = {
    api_id          = aws_apigatewayv2_api.sockets.id
    address         = "${aws_apigatewayv2_api.sockets.api_endpoint}/${local.sockets_stage}"
    management_url  = "${replace(aws_apigatewayv2_api.sockets.api_endpoint, "wss://", "https://")}/${local.sockets_stage}"
    connections_arn = "${aws_apigatewayv2_api.sockets.execution_arn}/${local.sockets_stage}/*/@connections/*"
  }
}
