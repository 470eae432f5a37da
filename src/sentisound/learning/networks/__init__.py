"""Networks: how one learns, from clips to calibrated weights. Only this room trains with torch."""
