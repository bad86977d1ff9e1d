terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

# AWS_ENDPOINT_URL, AWS_REGION and the key come from `countersign env`; nothing of them stands here.
provider "aws" {
  default_tags {
    tags = { managed_by = "terraform" }
  }
}
