"""What the server does beside showing pages: health, guard, security headers, compression, housekeeping."""

from .compression import Compressed
from .guard import Guard
from .headers import SecurityHeaders
from .health import routes
from .lifespan import lifespan

__all__ = ["Compressed", "Guard", "SecurityHeaders", "lifespan", "routes"]
