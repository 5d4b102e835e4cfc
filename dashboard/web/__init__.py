"""What the server does beside showing pages: health, security headers, compression, housekeeping."""

from .compression import Compressed
from .headers import SecurityHeaders
from .health import routes
from .lifespan import lifespan

__all__ = ["Compressed", "SecurityHeaders", "lifespan", "routes"]
