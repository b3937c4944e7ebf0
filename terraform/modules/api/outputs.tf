output "api_id" {
  description = "The id of the HTTP API, as metrics name it."
  value       = aws_apigatewayv2_api.this.id
}

output "address" {
  description = "Where the API answers; its paths begin with /api/v1."
  value = (
    var.domain_name != "" ? "https://${var.domain_name}" :
    var.enable_cdn ? "https://${aws_cloudfront_distribution.this[0].domain_name}" :
    aws_apigatewayv2_api.this.api_endpoint
  )
}

output "access_log" {
  description = "The access log's group."
  value       = aws_cloudwatch_log_group.access.name
}
