"""Floor 1½: resources, who occupies them when, duties and closures.

Below the rooms of floor 2, because specialists, rooms and cases each own a resource.
"""
