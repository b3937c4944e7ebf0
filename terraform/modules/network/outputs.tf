output "for_functions" {
  description = "Where functions that call out run: null where there is no way out of the private subnets."
  value = var.enable_nat ? {
    subnet_ids         = aws_subnet.private[*].id
    security_group_ids = [aws_security_group.functions.id]
  } : null
}
