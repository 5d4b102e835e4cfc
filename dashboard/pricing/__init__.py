"""What a call costs where nobody reported it: the price library first, or the user's own table."""

from .book import Estimate, PriceBook, price_book
from .own import OwnPrices, PricesProblem, load_own_prices

__all__ = ["Estimate", "OwnPrices", "PriceBook", "PricesProblem", "load_own_prices", "price_book"]
