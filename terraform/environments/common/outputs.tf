output "api_address" {
  description = "Where the API answers; its paths begin with /api/v1."
  value       = module.api.address
}

output "dashboard" {
  description = "The one dashboard."
  value       = module.monitoring.dashboard_url
}

output "secrets_to_fill" {
  description = "The secrets that need a value before the functions that read them start."
  value       = module.functions.secrets
}

output "tables" {
  description = "The tables: short name and deployed name."
  value       = { for name, table in module.data.tables : name => table.name }
}

output "queues" {
  description = "The queues: short name and URL."
  value       = { for name, queue in module.messaging.queues : name => queue.url }
}

output "dead_letters" {
  description = "The queues of dead letters: short name and deployed name."
  value = merge(
    { for name, queue in module.messaging.queues : name => queue.dead_letters },
    { streams = module.messaging.stream_dead_letters.name },
  )
}

output "bus" {
  description = "The bus on which the data platform hears of every change."
  value       = module.messaging.bus
}

output "alarms" {
  description = "The alarms, by the name of their section in RUNBOOK.md."
  value       = module.monitoring.alarms
}

output "log_groups" {
  description = "Where the functions log, and the access log."
  value       = [module.functions.log_group.name, module.api.access_log]
}

output "deploy_role_arn" {
  description = "The role in which GitHub Actions applies main; null when there is no repository."
  value       = module.iam.deploy_role_arn
}

output "plan_role_arn" {
  description = "The role in which GitHub Actions plans a pull request; null when there is no repository."
  value       = module.iam.plan_role_arn
}
