# What Terraform needs to take the local AWS for the real one; tests/infra/run lays it over the environments.

# State in a bucket, as terraform/README.md tells a team. From a local file Terraform would write the whole state anew after
# each resource: more than half of the processor time of a destroy.
terraform {
  backend "s3" {
    bucket                      = "dibs-state"
    region                      = "eu-central-1"
    encrypt                     = true
    use_lockfile                = true
    use_path_style              = true
    skip_credentials_validation = true
    skip_metadata_api_check     = true
    skip_requesting_account_id  = true
  }
}

provider "aws" {
  max_retries                 = 2
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}

provider "aws" {
  alias                       = "us_east_1"
  max_retries                 = 2
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}
