# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where AWS's global services have their one endpoint, by partition. Data only."""

from __future__ import annotations

# IAM and Organizations are called there whatever the Region of the caller; a request to them has that aws:RequestedRegion.
_HOME_REGIONS = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
}


def home_region(partition: str) -> str:
    """The Region of the partition's global services; that of ``aws`` for a partition not known here."""
    return _HOME_REGIONS.get(partition, _HOME_REGIONS["aws"])


# The Regions of each partition as botocore 1.44 knows them, and one that stands for those to come.
_REGIONS = {
    "aws": (
        "af-south-1",
        "ap-east-1",
        "ap-east-2",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-south-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "ca-central-1",
        "ca-west-1",
        "eu-central-1",
        "eu-central-2",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "il-central-1",
        "me-central-1",
        "me-south-1",
        "mx-central-1",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    ),
    "aws-cn": (
        "cn-north-1",
        "cn-northwest-1",
    ),
    "aws-us-gov": (
        "us-gov-east-1",
        "us-gov-west-1",
    ),
}
_ANOTHER = "xx-another-1"


def regions(partition: str) -> tuple[str, ...]:
    """The Regions that a question about any Region is asked for, a future one among them."""
    return (*_REGIONS.get(partition, ()), _ANOTHER)


# How the names of AWS's services end, in every partition that botocore 1.44 knows.
SERVICE_SUFFIXES = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "c2s.ic.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
    "sc2s.sgov.gov",
)


def dns_suffixes(partition: str) -> tuple[str, ...]:
    """What may follow the Region in a service's name; AWS does not say which of the two KMS uses in China."""
    return ("amazonaws.com", "amazonaws.com.cn") if partition == "aws-cn" else ("amazonaws.com",)
