"""Technology 1, interaction: how visitors look and what they are called before they say."""
