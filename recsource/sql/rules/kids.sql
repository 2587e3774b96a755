(NOT i.for_kids OR r.hears_kids)
