output "role_arns" {
  description = "The role of each function, by name, once it may do what it does."
  value       = { for name, role in aws_iam_role.function : name => role.arn }
  # Lambda checks the permissions when it connects a function to a queue.
  depends_on = [aws_iam_role_policy.function]
}

output "deploy_role_arn" {
  description = "The role that GitHub Actions deploys in; null when there is no repository."
  value       = one(aws_iam_role.deploy[*].arn)
}
