output "role_arns" {
  description = "The role of each function, by name: once it may do what the function does."
  value       = { for name, role in aws_iam_role.function : name => role.arn }
  # Lambda looks at the role when it makes a function, and uses it still when it takes one out of a VPC.
  depends_on = [aws_iam_role_policy.function]
}

output "path" {
  description = "The path of the roles that something of dibs runs in."
  value       = local.path
}

output "boundary_arn" {
  description = "The most that any role may do."
  value       = aws_iam_policy.boundary.arn
}

output "deploy_role_arn" {
  description = "The role in which GitHub Actions applies main; null when there is no repository."
  value       = try(aws_iam_role.github["deploy"].arn, null)
}

output "plan_role_arn" {
  description = "The role in which GitHub Actions plans a pull request; null when there is no repository."
  value       = try(aws_iam_role.github["plan"].arn, null)
}
