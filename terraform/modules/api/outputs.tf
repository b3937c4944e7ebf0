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

output "origin_secret" {
  description = "Value of the header x-origin-secret, by which the functions know CloudFront's calls; null without CloudFront."
  value       = one(terraform_data.origin_secret[*].output)
  sensitive   = true
}

output "cdn_arns" {
  description = "The distribution of CloudFront, where there is one."
  value       = aws_cloudfront_distribution.this[*].arn
}

output "access_log" {
  description = "The access log's group."
  value       = aws_cloudwatch_log_group.access.name
}
