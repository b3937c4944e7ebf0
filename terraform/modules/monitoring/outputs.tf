output "dashboard_url" {
  description = "The dashboard."
  value       = "https://${local.region}.console.aws.amazon.com/cloudwatch/home?region=${local.region}#dashboards:name=${aws_cloudwatch_dashboard.this.dashboard_name}"
}

output "alarms" {
  description = "Each alarm by its short name, which is that of its section in RUNBOOK.md, with what it says."
  value       = local.read_on
}
