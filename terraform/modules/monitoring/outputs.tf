output "dashboard_url" {
  description = "URL of the CloudWatch dashboard."
  value       = "https://${var.context.region}.console.aws.amazon.com/cloudwatch/home?region=${var.context.region}#dashboards:name=${aws_cloudwatch_dashboard.this.dashboard_name}"
}

output "alarms" {
  description = "Descriptions of the alarms, by short name, which is the name of their section in RUNBOOK.md."
  value       = local.read_on
}
