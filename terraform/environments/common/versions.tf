terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { project = "dibs", environment = var.environment }
  }
}

# CloudFront accepts certificates and web ACLs only from this region.
provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"

  default_tags {
    tags = { project = "dibs", environment = var.environment }
  }
}
