output "origin" {
  description = "What the distribution needs: the bucket's host name, the access control, the policy of response headers, and the function that chooses the file of a path."
  value = {
    domain_name       = aws_s3_bucket.this.bucket_regional_domain_name
    access_control_id = aws_cloudfront_origin_access_control.this.id
    headers_policy_id = aws_cloudfront_response_headers_policy.this.id
    function_arn      = aws_cloudfront_function.pages.arn
  }
}

output "headers_policy_arn" {
  description = "ARN of the policy of response headers."
  value       = "arn:${var.context.partition}:cloudfront::${var.context.account_id}:response-headers-policy/${aws_cloudfront_response_headers_policy.this.id}"
}
