"""What the server does beside showing pages: health, metrics, guard, security headers, compression,
early scripts, housekeeping."""

from .compression import Compressed
from .guard import Guard
from .headers import SecurityHeaders
from .health import routes as _health
from .lifespan import lifespan
from .metrics import routes as _metrics
from .preload import Preloaded

routes = [*_health, *_metrics]

__all__ = ["Compressed", "Guard", "Preloaded", "SecurityHeaders", "lifespan", "routes"]
