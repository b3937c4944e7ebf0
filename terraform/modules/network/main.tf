# VPC with public and private subnets. It is free of charge while empty: functions run in it only with a NAT gateway.

data "aws_availability_zones" "available" {
  state = "available"

  # Excludes Local Zones that the account opted into.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  zones = slice(data.aws_availability_zones.available.names, 0, 2)
}

resource "aws_vpc" "this" {
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.context.prefix }
}

# Closes the default security group, which AWS creates and in which all members reach each other.
resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.context.prefix}-default-closed" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = var.context.prefix }
}

resource "aws_subnet" "public" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  availability_zone = local.zones[count.index]
  cidr_block        = var.subnets.public[count.index]
  tags              = { Name = "${var.context.prefix}-public-${local.zones[count.index]}" }
}

resource "aws_subnet" "private" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  availability_zone = local.zones[count.index]
  cidr_block        = var.subnets.private[count.index]
  tags              = { Name = "${var.context.prefix}-private-${local.zones[count.index]}" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.context.prefix}-public" }
}

resource "aws_route" "public" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  count          = 2
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table" "private" {
  count  = 2
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.context.prefix}-private-${local.zones[count.index]}" }
}

resource "aws_route_table_association" "private" {
  count          = 2
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private[count.index].id
}

resource "aws_eip" "nat" {
  count  = var.enable_nat ? 2 : 0
  domain = "vpc"
  tags   = { Name = "${var.context.prefix}-nat-${local.zones[count.index]}" }
}

# One gateway per zone, so that the failure of a zone does not cut off the other.
resource "aws_nat_gateway" "this" {
  count         = var.enable_nat ? 2 : 0
  allocation_id = aws_eip.nat[count.index].id
  subnet_id     = aws_subnet.public[count.index].id
  tags          = { Name = "${var.context.prefix}-${local.zones[count.index]}" }
  depends_on    = [aws_internet_gateway.this]
}

resource "aws_route" "private" {
  count                  = var.enable_nat ? 2 : 0
  route_table_id         = aws_route_table.private[count.index].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[count.index].id
}

resource "aws_security_group" "functions" {
  name        = "${var.context.prefix}-functions"
  description = "Functions in the private subnets: HTTPS out, nothing in"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${var.context.prefix}-functions" }
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.functions.id
  description       = "AWS and outside services"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_endpoint" "dynamodb" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.context.region}.dynamodb"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = aws_route_table.private[*].id
  tags              = { Name = "${var.context.prefix}-dynamodb" }
}

resource "aws_security_group" "endpoints" {
  count       = length(var.interface_endpoints) > 0 ? 1 : 0
  name        = "${var.context.prefix}-endpoints"
  description = "Interface endpoints: HTTPS from the functions"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${var.context.prefix}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  count                        = length(var.interface_endpoints) > 0 ? 1 : 0
  security_group_id            = aws_security_group.endpoints[0].id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.functions.id
}

resource "aws_vpc_endpoint" "interface" {
  for_each            = var.interface_endpoints
  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${var.context.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = aws_subnet.private[*].id
  security_group_ids  = aws_security_group.endpoints[*].id
  private_dns_enabled = true
  tags                = { Name = "${var.context.prefix}-${each.key}" }
}
