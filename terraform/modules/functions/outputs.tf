output "functions" {
  description = "Deployed name, and ARN and invocation ARN of the alias of each function, by name."
  value = {
    for name, function in aws_lambda_function.this : name => {
      function_name    = function.function_name
      alias_arn        = aws_lambda_alias.live[name].arn
      alias_invoke_arn = aws_lambda_alias.live[name].invoke_arn
    }
  }
}

output "secrets" {
  description = "ARNs of the secrets, by name. An operator gives them their values."
  value       = { for name, secret in aws_secretsmanager_secret.this : name => secret.arn }
}

output "secrets_of" {
  description = "Names of the secrets that each function reads, by the function's name."
  value       = local.secrets
}

output "log_group" {
  description = "Name and ARN of the log group of all functions."
  value = {
    name = aws_cloudwatch_log_group.functions.name
    arn  = aws_cloudwatch_log_group.functions.arn
  }
}
