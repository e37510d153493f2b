# The search of the inbox
search-people = People
search-groups = Groups
search-media = Photos and videos
search-messages = Messages
search-all-names = { $count ->
    [one] Show { $count } person or group
   *[other] Show all { $count } people and groups
}
search-all-media = Show all photos and videos
search-kind = Type
search-kind-all = Any type
search-kind-media = Photos and videos
search-kind-documents = Documents
search-kind-audio = Voice and audio
search-from = From
search-from-all = From anyone
search-from-us = From us
search-from-them = From them
search-when = Date
search-when-all = Any time
search-days = { $count ->
    [one] Last day
   *[other] Last { $count } days
}
search-dates-from = From
search-dates-to = To
search-dates-show = Show
search-dates-between = { $since } – { $until }
search-dates-since = From { $since }
search-dates-until = To { $until }
search-number = Number
search-number-all = Any number
search-indexing = Older messages are still being indexed ({ $count }% done). Newer ones are found already.
search-vague-title = Keep typing
search-vague-text = One letter matches too many messages. Type at least two.
