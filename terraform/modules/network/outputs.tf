output "for_functions" {
  description = "Subnets and security groups of functions that call outside services; null without NAT gateways."
  value = var.enable_nat ? {
    subnet_ids         = aws_subnet.private[*].id
    security_group_ids = [aws_security_group.functions.id]
  } : null
}
