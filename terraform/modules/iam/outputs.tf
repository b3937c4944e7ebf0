output "role_arns" {
  description = "The role of each function, by name."
  value       = { for name, role in aws_iam_role.function : name => role.arn }
}

output "boundary_arn" {
  description = "The most that any role may do."
  value       = aws_iam_policy.boundary.arn
}

output "deploy_role_arn" {
  description = "The role that GitHub Actions deploys in; null when there is no repository."
  value       = one(aws_iam_role.deploy[*].arn)
}
