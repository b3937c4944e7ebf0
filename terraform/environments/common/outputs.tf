output "api_address" {
  description = "Base URL of the API. Its paths begin with /api/v1."
  value       = module.api.address
}

output "web_address" {
  description = "URL of the web application; null without enable_web."
  value       = var.enable_web ? module.api.address : null
}

output "dashboard" {
  description = "URL of the CloudWatch dashboard."
  value       = module.monitoring.dashboard_url
}

output "secrets_to_fill" {
  description = "ARNs by name of the secrets that need a value before the functions that read them can start."
  value       = module.functions.secrets
}

output "tables" {
  description = "Deployed names of the tables, by short name."
  value       = { for name, table in module.data.tables : name => table.name }
}

output "queues" {
  description = "URLs of the queues, by short name."
  value       = { for name, queue in module.messaging.queues : name => queue.url }
}

output "dead_letters" {
  description = "Deployed names of the dead-letter queues, by the short name of their queue."
  value = merge(
    { for name, queue in module.messaging.queues : name => queue.dead_letters },
    { streams = module.messaging.stream_dead_letters.name },
  )
}

output "mail_dkim_records" {
  description = "CNAME records that the domain of mail_from needs before mails leave, by name; empty without mail_from."
  value       = module.messaging.mail_dkim_records
}

output "bus" {
  description = "Name of the event bus on which the data platform receives domain events."
  value       = module.messaging.bus
}

output "alarms" {
  description = "Descriptions of the alarms, by the name of their section in RUNBOOK.md."
  value       = module.monitoring.alarms
}

output "log_groups" {
  description = "Log groups of the functions and of the API's access log."
  value       = [module.functions.log_group.name, module.api.access_log]
}

output "deploy_role_arn" {
  description = "ARN of the role with which GitHub Actions applies the main branch; null without a repository."
  value       = module.iam.deploy_role_arn
}

output "plan_role_arn" {
  description = "ARN of the role with which GitHub Actions plans a pull request; null without a repository."
  value       = module.iam.plan_role_arn
}

output "sockets_address" {
  description = "URL at which clients open connections for live updates."
  value       = module.api.sockets.address
}
