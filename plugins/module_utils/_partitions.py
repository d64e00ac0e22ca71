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
