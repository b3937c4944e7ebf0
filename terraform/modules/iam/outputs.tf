output "role_arns" {
  description = "ARN of each function's role, by the function's name, available once the role has its permissions."
  value       = { for name, role in aws_iam_role.function : name => role.arn }
  # Lambda checks the role when it creates a function, and still uses it when it removes one from a VPC.
  depends_on = [aws_iam_role_policy.function]
}

output "path" {
  description = "IAM path of the roles that run dibs."
  value       = local.path
}

output "boundary_arn" {
  description = "ARN of the permissions boundary of these roles."
  value       = aws_iam_policy.boundary.arn
}

output "deploy_role_arn" {
  description = "ARN of the role with which GitHub Actions applies the main branch; null without a repository."
  value       = try(aws_iam_role.github["deploy"].arn, null)
}

output "plan_role_arn" {
  description = "ARN of the role with which GitHub Actions plans a pull request; null without a repository."
  value       = try(aws_iam_role.github["plan"].arn, null)
}
