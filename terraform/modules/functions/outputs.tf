output "functions" {
  description = "Each function by name: its deployed name, and the ARNs by which its alias is called."
  value = {
    for name, function in aws_lambda_function.this : name => {
      function_name    = function.function_name
      alias_arn        = aws_lambda_alias.live[name].arn
      alias_invoke_arn = aws_lambda_alias.live[name].invoke_arn
    }
  }
}

output "secrets" {
  description = "The secrets, by name, to which an operator gives a value: their ARNs."
  value       = { for name, secret in aws_secretsmanager_secret.this : name => secret.arn }
}

output "secrets_of" {
  description = "The secrets that each function reads, by the function's name."
  value       = local.secrets
}

output "log_group" {
  description = "Where every function logs."
  value = {
    name = aws_cloudwatch_log_group.functions.name
    arn  = aws_cloudwatch_log_group.functions.arn
  }
}
